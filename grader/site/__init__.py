"""The course site: nouns to pages (pure strings), and a thin adapter that hands them to MkDocs."""
