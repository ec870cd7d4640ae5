"""One module for each noun or single command; ``fill`` declares what it offers."""
