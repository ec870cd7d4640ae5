"""What ``playhead conductor import`` is made of: where definitions come from, what they are,
and how they are carried over."""
