// Times in the reader's own zone, with UTC beside them; without this script UTC alone is shown.
"use strict";
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  const local = new Intl.DateTimeFormat(undefined, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    timeZoneName: "short",
  }).format(moment);
  const utc = document.createElement("span");
  utc.className = "utc";
  utc.textContent = time.textContent;
  time.replaceChildren(local, " ", utc);
}
