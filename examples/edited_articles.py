"""What was edited, and when: SQL over the database of an archive, which is opened to be read only.

python examples/edited_articles.py demo-archive
"""

import sqlite3
import sys
from pathlib import Path

database = sqlite3.connect(f"{Path(sys.argv[1], 'postarchive.db').resolve().as_uri()}?mode=ro", uri=True)
sql = "SELECT change, count(*), min(time) FROM changes GROUP BY change ORDER BY change"
for change, count, first in database.execute(sql):
    print(f"{change}: {count} pages, the first {first[:10]}")
database.close()
