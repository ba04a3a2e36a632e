"""What runs in the rehearsed Windows, by the bundle's own Python: 2.7 too. ``orders.py`` is started; nothing here imports the product."""
