"""Labels as PDF: objects.py writes the file, font.py its font, writer.py the pages."""

from .writer import write_pdf

__all__ = ["write_pdf"]
