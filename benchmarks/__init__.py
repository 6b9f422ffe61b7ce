"""Speed, memory and agreement, side by side with other programs; see README.md here."""
