"""What leaves a case: the report as Markdown, text and HTML, the overlay, the masks and `case.json`, in a folder."""
