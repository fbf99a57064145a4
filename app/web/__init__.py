"""Pages: two Flask applications that share nothing but templates, headers and words."""
