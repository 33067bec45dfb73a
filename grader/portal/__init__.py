"""The portal: the web server that trainees, instructors, graders and operators use.

May know every room below it; nothing imports it but the command line. Routes are thin: what they show comes
from the store, what they decide from pure rooms.
"""
