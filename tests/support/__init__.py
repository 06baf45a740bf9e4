"""What several tests share: real servers on free ports, and words to speak to them."""
