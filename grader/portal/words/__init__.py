"""Every word of the portal, in both languages. Knows wording only."""
