"""Bank files: taken in, told once, and linked with what the books know of the money already."""
