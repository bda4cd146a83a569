"""The one query with which GoAlert is read. Its API keys are made for one query, to the letter: so
it asks for one list at a time by its variables, and only for fields that old versions have too."""

LISTS = ("users", "rotations", "schedules", "userOverrides", "escalationPolicies", "services")

QUERY = """\
query OpsPortal(
  $after: String = "", $start: ISOTimestamp!, $middle: ISOTimestamp!, $end: ISOTimestamp!,
  $users: Boolean = false, $rotations: Boolean = false, $schedules: Boolean = false,
  $userOverrides: Boolean = false, $escalationPolicies: Boolean = false, $services: Boolean = false
) {
  users(input: {first: 100, after: $after}) @include(if: $users) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name email role
      contactMethods { id name type value disabled }
      notificationRules { id delayMinutes contactMethodID }
    }
  }
  rotations(input: {first: 100, after: $after}) @include(if: $rotations) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name start timeZone type shiftLength activeUserIndex userIDs
      nextHandoffTimes(num: 1)
    }
  }
  schedules(input: {first: 100, after: $after}) @include(if: $schedules) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name description timeZone
      targets { target { id type name } rules { start end weekdayFilter } }
      temporarySchedules { start end shifts { userID start end } }
      sooner: shifts(start: $start, end: $middle) { userID start end }
      later: shifts(start: $middle, end: $end) { userID start end }
    }
  }
  userOverrides(input: {first: 100, after: $after}) @include(if: $userOverrides) {
    pageInfo { endCursor hasNextPage }
    nodes { id start end addUserID removeUserID target { id type } }
  }
  escalationPolicies(input: {first: 100, after: $after}) @include(if: $escalationPolicies) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name description repeat
      steps { stepNumber delayMinutes targets { id type name } }
    }
  }
  services(input: {first: 100, after: $after}) @include(if: $services) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name description escalationPolicyID
      integrationKeys { id type name }
      heartbeatMonitors { id name }
    }
  }
}
"""
