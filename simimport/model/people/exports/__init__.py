"""People as other systems export them: told by their keys, and made users of ``import.addUsers``."""
