"""Engines that run in other processes or on other computers."""
