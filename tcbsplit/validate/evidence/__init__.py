"""Record which code ran, and compare it with the analysis."""
