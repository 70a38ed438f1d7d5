/** Line icons, 24 × 24. Decorative: the button beside them has the words. */

const PATHS = {
  chat: "M21 11.5a8.4 8.4 0 0 1-12.3 7.4L3 21l2.1-5.7A8.4 8.4 0 1 1 21 11.5Z",
  close: "M6 6l12 12M18 6 6 18",
  down: "m6 9 6 6 6-6",
  send: "M4 20 21 12 4 4l2.5 8zM6.5 12H21",
  plus: "M12 5v14M5 12h14",
  photo: "M4 8h3l2-3h6l2 3h3v11H4zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
  file: "M14 3H6v18h12V7zM14 3v4h4",
  pin: "M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21ZM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2",
  tick: "m5 13 4 4L19 7",
  alert: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  soundOn: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12",
  soundOff: "M4 9v6h4l5 4V5L8 9zM17 9.5l5 5M22 9.5l-5 5",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
  drop: "M12 3s6 6.6 6 11a6 6 0 0 1-12 0c0-4.4 6-11 6-11Z",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name, flips }: { name: IconName; flips?: boolean }) {
  return (
    <svg class={flips ? "icon flips" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
