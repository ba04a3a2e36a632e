"""A serial port for all who connect by TCP."""
