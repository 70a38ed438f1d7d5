"""What `./wasl` does: gets the tools, builds, trains, starts and supervises.

Standard library only and nothing of ours besides this package: it runs before any environment exists,
on whatever Python 3.11 or newer the machine has.
"""
