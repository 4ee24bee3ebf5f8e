"""Take who the patient is out of DICOM images: the Basic Application Level Confidentiality Profile (PS3.15 Annex E).

`profile` what the standard's table asks of an attribute · `required` what an object must keep to stay one · `dataset`
applies both · `pseudonyms` keyed identifiers, UIDs and days · `pixels` text in the picture · `folder` files in, files
out · `checking` what is left.
"""
