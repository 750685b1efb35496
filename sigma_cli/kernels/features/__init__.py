"""Features: one family a file, each as an update by one value and as a column over all rows.

The room for a column is made outside compiled code: there numpy asks for huge pages. In small
ones a million rows cost more to make room for than to compute.
"""
