package dev.wrenn.console;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.dom.Element;

/** Name and value pairs, as a definition list. */
@Tag("dl")
class Facts extends Component {
  private static final long serialVersionUID = 1L;

  Facts() {
    getElement().getClassList().add("facts");
    getElement().getStyle().set("margin", "0");
  }

  void add(String name, String value) {
    put(name, value, false);
  }

  void addMono(String name, String value) {
    put(name, value, true);
  }

  private void put(String name, String value, boolean mono) {
    Element box = new Element("div");
    box.getClassList().add("fact");
    Element dd = new Element("dd").setText(value).setAttribute("title", value);
    if (mono) {
      dd.getClassList().add("mono");
    }
    box.appendChild(new Element("dt").setText(name), dd);
    getElement().appendChild(box);
  }
}
