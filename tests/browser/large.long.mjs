// A site of thousands of pages, with folders of more than a thousand.
import { leadsEverywhere, tellsApart } from "./large.mjs";

leadsEverywhere(7000);
tellsApart([7000]);
