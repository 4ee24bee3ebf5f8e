"""Text that is burned into a picture: where it is, and what kind; what it says goes no further.

`finder` looks (the extra `ocr`) · `kinds` tells side markers and instructions from the rest · `masking` paints over ·
`hidden` does so for every tool · `side_markers` looks closer at where letters of lead stand.
"""
