"""Steps that bring a store's tables from any earlier version to this one."""

__all__ = ["HEAD"]

HEAD = "0005"
