// Sites of a few pages, of hundreds, and of so many that their list of groups has no room in a frame.
import { beginsWithTitles, leadsEverywhere, tellsApart } from "./large.mjs";

const SIZES = [25, 400, 1200];

SIZES.forEach(leadsEverywhere);
tellsApart(SIZES);
beginsWithTitles(400);
