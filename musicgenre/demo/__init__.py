"""A web page for predictions: drop or record audio in the browser, and see each run's genres over time."""
