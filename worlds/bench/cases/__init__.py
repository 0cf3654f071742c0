"""What payers do, one function a case: each posts payments to a scene with their truth."""
