"""How a draft is laid out and said: a YAML file each, named by the setting `report_style`."""
