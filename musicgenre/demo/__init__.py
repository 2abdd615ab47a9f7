"""A page to listen with: a recording is dropped or recorded in the browser, and runs say what they hear over time."""
