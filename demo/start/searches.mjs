// The searches that `npm start` shows, each with its purpose.

export const SEARCHES = [
  {
    title: "Nearest of all",
    text: "birthday party",
    sql: `select s.distance, s.category, e.name, e.symbol
from emoji_search s join emoji e on e.id = s.rowid
where vss_search(s.embedding, :query)
order by s.distance limit 6`,
  },
  {
    title: "Filters that are answered before distances are compared",
    text: "sea animal",
    sql: `select s.distance, s.version, s.category, e.name, e.symbol
from emoji_search s join emoji e on e.id = s.rowid
where vss_search(s.embedding, :query)
  and s.category in ('Animals & Nature', 'Food & Drink')
  and s.version between 1 and 13
  and s.skin_tones = 0
order by s.distance limit 6`,
  },
  {
    title: "Any WHERE clause: OR and a function over another table's column",
    text: "big smile",
    sql: `select s.distance, s.version, e.name, e.symbol
from emoji_search s join emoji e on e.id = s.rowid
where vss_search(s.embedding, :query)
  and (s.version > 10 or length(e.name) < 14)
order by s.distance limit 6`,
  },
  {
    title: 'A JOIN: only emoji that carry the keyword "winter"',
    text: "cold weather",
    sql: `select s.distance, s.category, e.name, e.symbol
from emoji_search s
  join keyword w on w.emoji = s.rowid and w.word = 'winter'
  join emoji e on e.id = s.rowid
where vss_search(s.embedding, :query)
order by s.distance limit 6`,
  },
];
