"""The drivers: one module per subcommand, plus what they share. Settings end here."""
