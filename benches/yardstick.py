"""Counts the events of a file of NDJSON by channel and day, each once, by DuckDB: `yardstick.py FILE [THREADS]`.

For each line on standard input it does so once and answers with the seconds it took, the seconds on a core, and the events it counted.
The columns are given, so that nothing has to be guessed; what starts Python and DuckDB is not in the time.
"""

import resource
import sys
import time

import duckdb

COUNTED = """
select channel, left(occurred_at, 10)::date as day, count(*) as events
from (
    select type, source, event_id, any_value(channel) as channel, any_value(occurred_at) as occurred_at
    from read_json($file, format = 'newline_delimited',
        columns = {type: 'VARCHAR', event_id: 'VARCHAR', source: 'VARCHAR', occurred_at: 'VARCHAR', channel: 'VARCHAR'})
    group by type, source, event_id
)
group by channel, day
"""


def on_core():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    file, threads = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}")
    for _ in sys.stdin:
        start, core = time.perf_counter(), on_core()
        counted = connection.execute(COUNTED, {"file": file}).fetchall()
        print(time.perf_counter() - start, on_core() - core, sum(events for *_, events in counted), flush=True)


main()
