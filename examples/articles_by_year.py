"""How many articles of each year, and from whom: pandas over an exported Parquet file.

postarchive export parquet -a demo-archive -o pages.parquet; python examples/articles_by_year.py pages.parquet
"""

import sys

import pandas as pd

pages = pd.read_parquet(sys.argv[1])
news = pages[pages["kind"] == "news"].dropna(subset=["date"])
years = pd.to_datetime(news["date"]).dt.year
print(news.groupby([years.rename("year"), news["source"].fillna("(not shown)")]).size().to_string())
