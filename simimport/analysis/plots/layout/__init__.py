"""How pictures fit the room that they have: words, ticks, legends and magnifying glasses; no data."""
