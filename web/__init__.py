"""Pages: connect, settings, preview, activity, exceptions."""
