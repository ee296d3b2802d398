"""How many articles of each year, and from whom: pandas over an exported Parquet file.

postarchive export parquet -a demo-archive --articles -o articles.parquet
python examples/articles_by_year.py articles.parquet
"""

import sys

import pandas as pd

articles = pd.read_parquet(sys.argv[1])
news = articles[articles["kind"] == "news"].dropna(subset=["date"])
years = pd.to_datetime(news["date"]).dt.year
print(news.groupby([years.rename("year"), news["source"].fillna("(not shown)")]).size().to_string())
