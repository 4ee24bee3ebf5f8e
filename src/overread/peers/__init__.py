"""Remote systems that an operator named: DICOM nodes, DICOMweb and FHIR servers. Without them nothing leaves."""
