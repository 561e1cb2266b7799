package dev.wrenn.console;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.html.Div;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import java.time.Duration;

/** A part of a page that shows what is so now: it asks while it is on the page, and says when it can't know. */
abstract class Polled<R> extends Div {
  private static final long serialVersionUID = 1L;
  private final Div trouble = new Div();
  private transient Poll<R> poll;

  Polled() {
    trouble.addClassName("gone");
    add(trouble);
  }

  /** On a thread without the page's lock. */
  abstract R fetch(Caller caller) throws Exception;

  abstract void show(R now);

  abstract Duration pause();

  /** What can't be shown, as the beginning of the message. */
  abstract String subject();

  void refresh() {
    if (poll != null) {
      poll.nudge();
    }
  }

  @Override
  protected void onAttach(AttachEvent event) {
    try {
      poll = Poll.start(event.getUI(), this::pause, this::fetch, this::arrived, this::failed);
    } catch (PlatformException signedOut) {
      failed(Problem.of(signedOut));
    }
  }

  @Override
  protected void onDetach(DetachEvent event) {
    if (poll != null) {
      poll.close();
      poll = null;
    }
  }

  private void arrived(R now) {
    trouble.removeAll();
    trouble.addClassName("gone");
    show(now);
  }

  void failed(Problem problem) {
    trouble.removeAll();
    trouble.add(Notices.trouble(subject(), problem.message()));
    trouble.removeClassName("gone");
  }
}
