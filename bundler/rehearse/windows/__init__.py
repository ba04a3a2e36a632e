r"""The engines `sandbox` and `here`: a real Windows, in which a program of ours does what the rehearsal orders.

Both sides see one folder. The rehearsal puts an order there, a file; ``guest/orders.py``, which the bundle's own Python runs in that
Windows, does it and puts an answer there. What the machine must be able to do for the bundle (services, connections) it does with the target's
half, which lies beside it. So the scenario runs on the build host, as it does with Wine.
"""
