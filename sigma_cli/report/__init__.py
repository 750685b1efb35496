"""What a run means, as numbers and as one offline HTML page. Reads no store."""
