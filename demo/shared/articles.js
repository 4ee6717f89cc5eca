/** A few made-up articles for the examples. */
export const ARTICLES = [
  ["Glaciers lose ice faster than models foresaw", "science", "2019-03-14"],
  ["A new telescope looks for water on far planets", "science", "2021-07-02"],
  ["Bees find their way home by the sun", "science", "2016-05-20"],
  ["How the octopus changes its colour in the sea", "science", "2018-11-09"],
  ["Storm closes harbours along the northern coast", "news", "2018-01-18"],
  ["City opens forty kilometres of cycle paths", "news", "2022-04-30"],
  ["Ferry crew rescues whale caught in fishing nets", "news", "2017-08-25"],
  ["Parliament votes on cheaper trains", "news", "2020-10-06"],
  ["A bakery that has baked the same bread since 1742", "food", "2016-12-01"],
  ["Soup for cold evenings from three winter roots", "food", "2019-01-11"],
  ["Why sourdough bread rises overnight", "food", "2020-04-17"],
  ["Fish from the morning market, cooked by noon", "food", "2021-06-12"],
].map(([headline, newsroom, published]) => ({ headline, newsroom, published }));
