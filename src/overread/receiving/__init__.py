"""Studies that come in by themselves: from a watch folder, an Orthanc or a DICOMweb server, with order and priors."""
