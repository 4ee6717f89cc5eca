// All specs, in order.
import "./load.js";
import "./values.js";
import "./statement.js";
import "./transaction.js";
import "./functions.js";
import "./database.js";
import "./table.js";
import "./insert-many.js";
import "./search.js";
import "./codec.js";
import "./faiss.js";
import "./persistence.js";
import "./hazards.js";
import "./worker-client.js";
import "./faults.js";
import "./untrusted.js";
import "./interrupt.js";
