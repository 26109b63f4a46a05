"""The board screen and the dialogs that its keys open."""
