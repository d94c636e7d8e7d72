// Why a task went where it went: the sentence, the bids with their terms, who declined and who stayed silent.

function auctionBlocks(task) {
  const total = task.auctions.length;
  if (total === 0) return [el("section", { class: "block" }, el("h3", {}, "Why it went there"), el("p", { class: "note" }, "No auction or award of this task is on record."))];
  return task.auctions.map((auction, i) => {
    const title = total === 1 ? "Why it went there" : `Award ${i + 1} of ${total}`;
    const when = ` · ${clock(auction.closed)}${auction.epoch ? ` · epoch ${auction.epoch}` : ""}`;
    return el("details", { class: "block auction", open: total <= 2 || i === total - 1 },
      el("summary", {}, title, el("small", {}, when)), auctionBody(auction));
  });
}

function auctionBody(auction) {
  const bids = [...auction.bids].sort((a, b) => a[1] - b[1]);
  const used = data.terms.map((_, i) => i).filter((i) => bids.some((bid) => bid[2][i]));
  return [
    el("p", { class: "why" }, sentence(auction, bids)),
    auction.note ? el("p", { class: "note" }, auction.note) : null,
    used.length ? el("ul", { class: "legend", "aria-label": "Terms" }, used.map((i) => legendItem(termColour(i), "", data.terms[i]))) : null,
    bidList(auction, bids),
    auction.left_out ? el("p", { class: "note" }, `${plural(auction.left_out, "dearer bid")} not listed.`) : null,
    silentAndDeclined(auction),
    el("p", { class: "note" }, `Asked at ${clock(auction.opened)}, decided ${span(auction.closed - auction.opened)} later.`),
  ].filter(Boolean);
}

const termColour = (i) => `c${i % 8}`;

// "Robot 12 won with 38.2: 31.0 travel + 7.2 flowtime; next best robot 7 with 41.5."
function sentence(auction, bids) {
  if (auction.winner === null) return nobody(auction, bids);
  const winner = robotName(auction.winner);
  const won = bids.find((bid) => bid[0] === auction.winner);
  if (!won) return `${winner} was given it without a bid on record.`;
  const sum = terms(won);
  const others = bids.filter((bid) => bid[0] !== auction.winner);
  const start = `${winner} won with ${number(won[1])}${sum ? `: ${sum}` : ""}`;
  if (others.length === 0) return `${start}; nobody else bid.`;
  const [rival, cost] = others[0];
  const price = number(cost);
  if (cost < won[1]) return `${start}, although ${robotName(rival)} bid less: ${price}.`;
  if (price === number(won[1])) return `${start}; ${robotName(rival)} bid ${price} too.`;
  return `${start}; next best ${robotName(rival)} with ${price}.`;
}

function nobody({ declined, silent }, bids) {
  const refused = declined.reduce((sum, group) => sum + group.robots.length, 0);
  const parts = [bids.length ? plural(bids.length, "bid") : "no bids"];
  if (refused) parts.push(`${refused} declined`);
  if (silent.length) parts.push(`${silent.length} silent`);
  return `Nobody won: ${parts.join(", ")}.`;
}

// The terms of a bid that are not zero, in words.
function terms(bid) {
  const parts = bid[2].map((value, i) => [value, data.terms[i] ?? `term ${i + 1}`]).filter(([value]) => value);
  return parts.map(([value, name], i) => `${i === 0 ? (value < 0 ? "−" : "") : value < 0 ? " − " : " + "}${number(Math.abs(value))} ${name}`).join("");
}

function bidList(auction, bids) {
  if (bids.length === 0) return null;
  const most = 6;
  const widest = bids.reduce((top, bid) => Math.max(top, bid[2].reduce((sum, value) => sum + Math.max(value, 0), 0) || bid[1]), 1e-9);
  const list = el("ol", { class: "bids", "aria-label": "Bids, cheapest first" });
  const show = (bidsShown) => list.replaceChildren(...bidsShown.map((bid) => bidItem(bid, bid[0] === auction.winner, widest)));
  const won = bids.findIndex((bid) => bid[0] === auction.winner);
  show(bids.filter((_, i) => i < most || i === won));
  if (bids.length <= most) return list;
  const more = el("button", { type: "button", class: "more", click: () => { show(bids); more.remove(); } }, `Show all ${bids.length} bids`);
  return el("div", {}, list, more);
}

function bidItem(bid, won, widest) {
  const [robot, cost, values] = bid;
  const parts = values.map((value, i) => (value > 0 ? el("span", { swatch: termColour(i), share: value / widest, title: `${data.terms[i]} ${number(value)}` }) : null));
  if (!parts.some(Boolean)) parts.push(el("span", { swatch: "c6", share: Math.max(cost, 0) / widest }));
  return el("li", { class: won ? "bid won" : "bid" },
    el("div", { class: "line" }, el("span", {}, robotLink(robot), won ? el("span", { class: "badge" }, "won") : null), el("b", {}, number(cost))),
    el("div", { class: "bar", "aria-hidden": "true" }, parts),
    el("small", {}, terms(bid)));
}

function silentAndDeclined({ declined, silent }) {
  const group = (title, members) => el("details", {}, el("summary", {}, title), el("p", {}, names(members)));
  const groups = [...declined].sort((a, b) => b.robots.length - a.robots.length).map(({ reason, robots: members }) => group(`${members.length} declined: ${reason}`, members));
  if (silent.length) groups.push(group(`${silent.length} did not answer`, silent));
  return groups.length ? el("div", { class: "groups" }, groups) : null;
}

function names(members) {
  const most = 60;
  const listed = members.slice(0, most).flatMap((robot, i) => [i ? ", " : "", robotLink(robot)]);
  return members.length > most ? [...listed, ` and ${members.length - most} more`] : listed;
}
