"""What sigma keeps on disk: the lake, the runs, the views on both. The only SQL of the project."""
