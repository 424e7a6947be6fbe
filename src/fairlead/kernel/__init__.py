"""The pure code that folds a book's inputs and decides about trades."""
