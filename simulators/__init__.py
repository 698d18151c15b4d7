"""Simulated users with hidden preferences, the tasks they bring, and the runs that use them."""
