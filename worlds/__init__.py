"""The product driven against the sandbox: the demo, the simulator. Only app.py imports it."""
