# SPDX-License-Identifier: GPL-2.0
#
# The tests of a part that can be built on its own. Needs GoogleTest found.
include(GoogleTest)

# ow_unit_tests(PART LIBRARY...): PART_*.cc from here, as the program PART_unit.
function(ow_unit_tests part)
  file(GLOB sources CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${part}_*.cc)
  add_executable(${part}_unit ${sources})
  target_link_libraries(${part}_unit PRIVATE ${ARGN} GTest::gtest_main)
  gtest_discover_tests(${part}_unit TEST_PREFIX ${part}. PROPERTIES LABELS unit)
endfunction()
