package dev.wrenn.console;

import com.vaadin.flow.component.Svg;

/** Line drawings of the console, in the colour of the text around them. */
enum Icon {
  WREN("<path d='M3 15c4 1 6-1 7-4 1-4 4-6 8-5l3-1-2 3c1 6-3 11-9 11-4 0-6-2-7-4z' fill='none' stroke='currentColor' stroke-width='1.6' stroke-linejoin='round'/><circle cx='17' cy='8.4' r='1' fill='currentColor'/>"),
  CAPSULES("<rect x='4' y='8' width='16' height='8' rx='4' fill='none' stroke='currentColor' stroke-width='1.7'/><path d='M12 8v8' stroke='currentColor' stroke-width='1.7'/>"),
  TEMPLATES("<path d='M12 4l8.5 4.5L12 13 3.5 8.5zM3.5 12.5L12 17l8.5-4.5M3.5 16L12 20.5 20.5 16' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linejoin='round' stroke-linecap='round'/>"),
  HOSTS("<rect x='4' y='4' width='16' height='7' rx='2' fill='none' stroke='currentColor' stroke-width='1.7'/><rect x='4' y='13' width='16' height='7' rx='2' fill='none' stroke='currentColor' stroke-width='1.7'/><path d='M8 7.5h.01M8 16.5h.01' stroke='currentColor' stroke-width='2.4' stroke-linecap='round'/>"),
  DOCS("<path d='M6 4h9l4 4v12H6z' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linejoin='round'/><path d='M9 12h7M9 16h5' stroke='currentColor' stroke-width='1.7' stroke-linecap='round'/>"),
  FOLDER("<path d='M3 6.5a1.5 1.5 0 0 1 1.5-1.5H9l2 2.5h8.5A1.5 1.5 0 0 1 21 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5z' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linejoin='round'/>"),
  LINK("<path d='M9 15l6-6M10 6.5l1-1a4 4 0 0 1 6 6l-1 1M14 17.5l-1 1a4 4 0 0 1-6-6l1-1' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linecap='round'/>"),
  CHIP("<rect x='6' y='6' width='12' height='12' rx='2' fill='none' stroke='currentColor' stroke-width='1.7'/><path d='M9 3v3M15 3v3M9 18v3M15 18v3M3 9h3M3 15h3M18 9h3M18 15h3' stroke='currentColor' stroke-width='1.7' stroke-linecap='round'/>"),
  KEY("<circle cx='8' cy='15' r='4' fill='none' stroke='currentColor' stroke-width='1.7'/><path d='M11 12l8-8M16 7l3 3' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linecap='round'/>"),
  METRICS("<path d='M4 4v16h16' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linecap='round' stroke-linejoin='round'/><path d='M7.5 15l3.5-5 3 3 5-7' fill='none' stroke='currentColor' stroke-width='1.7' stroke-linecap='round' stroke-linejoin='round'/>"),
  SCHEME("<circle cx='12' cy='12' r='8' fill='none' stroke='currentColor' stroke-width='1.7'/><path d='M12 4a8 8 0 0 1 0 16z' fill='currentColor'/>"),
  RAIL("<rect x='3.5' y='5' width='17' height='14' rx='2' fill='none' stroke='currentColor' stroke-width='1.7'/><path d='M9.5 5v14' stroke='currentColor' stroke-width='1.7'/>"),
  DOT("<circle cx='12' cy='12' r='9' fill='currentColor'/>"),
  BARS("<rect x='4' y='3' width='6' height='18' rx='1.5' fill='currentColor'/><rect x='14' y='3' width='6' height='18' rx='1.5' fill='currentColor'/>"),
  ARC("<path d='M12 3a9 9 0 1 1-8.5 6' fill='none' stroke='currentColor' stroke-width='5' stroke-linecap='round'/>"),
  TRIANGLE("<path d='M12 3 22 21H2z' fill='currentColor'/>"),
  RING("<circle cx='12' cy='12' r='8' fill='none' stroke='currentColor' stroke-width='4'/>"),
  QUESTION("<path d='M5 12h14' stroke='currentColor' stroke-width='5' stroke-linecap='round' stroke-dasharray='1 8'/>");

  private final String paths;

  Icon(String paths) {
    this.paths = paths;
  }

  Svg draw() {
    return new Svg("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' aria-hidden='true'>" + paths + "</svg>");
  }
}
