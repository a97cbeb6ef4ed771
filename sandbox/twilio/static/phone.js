"use strict";

// The page is rendered by the server alone, where every text is escaped. This script fetches it again and again, and
// puts what changed into the document, so that focus, what is being typed and where one has scrolled to stay.
//
// data-live says how an element with an id is kept up to date:
//   items  its children have ids: new ones are added, changed ones replaced, missing ones removed;
//          a child with live elements of its own stays, and these are updated
//   whole  its content is replaced when it changed
//   reply  as whole, but only when its data-value changed

const POLL_MS = 600;

function update(live, next) {
  if (live.dataset.live === "items") {
    updateItems(live, next);
  } else if (live.dataset.live === "reply") {
    if (live.dataset.value !== next.dataset.value) replaceReply(live, next);
  } else if (live.innerHTML !== next.innerHTML) {
    replaceWhole(live, next);
  }
}

// Whoever pressed a button that is gone is left at what it belonged to, such as the call
function replaceWhole(live, next) {
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  live.replaceChildren(...next.childNodes);
  const place = focused && (document.getElementById(focused.id) || live.closest("[tabindex]"));
  if (place) place.focus();
}

// Who can be replied to has changed: what is being typed stays
function replaceReply(live, next) {
  const typed = live.querySelector("input[name=text]");
  const hadFocus = typed !== null && typed === document.activeElement;
  live.dataset.value = next.dataset.value;
  live.replaceChildren(...next.childNodes);
  const text = live.querySelector("input[name=text]");
  if (typed && text) {
    text.value = typed.value;
    if (hadFocus) text.focus();
  }
}

function updateItems(live, next) {
  const isAtEnd = live.scrollHeight - live.scrollTop - live.clientHeight < 40;
  const kept = new Set(Array.from(next.children, (item) => item.id));
  for (const item of Array.from(live.children)) {
    if (!kept.has(item.id)) item.remove();
  }
  let place = live.firstElementChild;
  for (const nextItem of Array.from(next.children)) {
    const item = document.getElementById(nextItem.id);
    if (item === null) {
      live.insertBefore(nextItem, place);
      scrollToEnd(nextItem);
      continue;
    }
    if (item !== place) live.insertBefore(item, place);
    place = item.nextElementSibling;
    if (nextItem.querySelector("[data-live]")) {
      for (const part of outermostLive(nextItem)) updateById(part);
      updateChoices(item, nextItem);
    } else if (item.outerHTML !== nextItem.outerHTML) {
      item.replaceWith(nextItem);
    }
  }
  if (isAtEnd) live.scrollTop = live.scrollHeight;
}

// A choice that the server knows differently (made in another window) is shown, unless it is being made here
function updateChoices(item, nextItem) {
  for (const nextChoice of nextItem.querySelectorAll("select[data-submit]")) {
    const choice = document.getElementById(nextChoice.id);
    if (choice !== document.activeElement && choice.value !== nextChoice.value) choice.value = nextChoice.value;
  }
}

function outermostLive(root) {
  return Array.from(root.querySelectorAll("[data-live]")).filter(
    (element) => !root.contains(element.parentElement.closest("[data-live]")),
  );
}

function updateById(next) {
  const live = document.getElementById(next.id);
  if (live) update(live, next);
}

function scrollToEnd(element) {
  for (const conversation of element.querySelectorAll(".conversation")) {
    conversation.scrollTop = conversation.scrollHeight;
  }
}

async function fetchPage(path, options) {
  const offline = document.getElementById("offline");
  try {
    const response = await fetch(path, options);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    offline.hidden = true;
    return { page, isGood: response.ok };
  } catch (error) {
    offline.hidden = false;
    return null;
  }
}

function show(page, ids) {
  for (const id of ids) {
    const next = page.getElementById(id);
    if (next) updateById(next);
  }
}

let generation = 0; // what a poll brings is old where a form was sent meanwhile

async function submit(form, submitter) {
  const fields = new FormData(form);
  if (submitter && submitter.name) fields.set(submitter.name, submitter.value);
  generation += 1;
  const response = await fetchPage(form.action, { method: "POST", body: fields });
  generation += 1;
  if (response === null) return;
  show(response.page, ["notices", "empty", "phones"]);
  const text = form.querySelector("input[name=text]");
  if (response.isGood && text) {
    text.value = "";
    const picture = form.querySelector("input[name=picture]");
    if (picture) {
      picture.value = "";
      showChosen(picture);
    }
    text.focus();
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(event.target, event.submitter);
});

function showChosen(picture) {
  picture.closest("label").classList.toggle("chosen", picture.files.length > 0);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("input[name=picture]")) showChosen(event.target);
});

// At a call that waits for a key, a key of the keyboard is one of the phone
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const call = event.target.closest(".call");
  const keys = call ? Array.from(call.querySelectorAll("button[name=key]")) : [];
  const key = keys.find((button) => button.value === event.key);
  if (key) key.form.requestSubmit(key);
});

async function poll() {
  if (!document.hidden) {
    const began = generation;
    const response = await fetchPage(location.pathname);
    if (response && began === generation) show(response.page, ["empty", "phones"]);
  }
  setTimeout(poll, POLL_MS);
}

scrollToEnd(document);
poll();
