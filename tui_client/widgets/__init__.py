"""The parts of the screen. Each draws values that pure files made; none decides anything."""
