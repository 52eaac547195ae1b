"""《顾客投诉/抱怨汇总处理表》: a month's or a year's summary as a page to print, a workbook and a plain table (RP-1)."""
